// Wire types of /api, the same for server and client.

import type { ErrorEntry } from './errors.ts'

/** How Gantry authenticates to the registry; `unknown` until the registry has said so. */
export type AuthType = 'none' | 'basic' | 'token' | 'unknown'

/** Answer of `GET /api/config`. */
export interface ConfigAnswer {
  readonly title: string
  /** What stands before a repository's name in pull commands: `host[:port]`. */
  readonly registry: string
  /** Whether a person may log in with an account of the registry. */
  readonly login: boolean
  /** Whether requests without a login act for the operator's service account, whose rights all visitors share. */
  readonly serviceAccount: boolean
  /** Whether manifests may be deleted through Gantry. */
  readonly delete: boolean
  readonly authType: AuthType
  /** Repositories to list where the registry's catalog is closed. */
  readonly repositories: readonly string[]
  readonly version: string
}

/** Answer of `GET`, `POST` and `DELETE /api/session`. */
export interface SessionAnswer {
  /** The name logged in with, or null for nobody. */
  readonly user: string | null
  /** False while the registry has not yet been able to say whether name and password are right. */
  readonly verified: boolean
}

/** Body of `POST /api/session`. */
export interface LoginRequest {
  readonly username: string
  readonly password: string
}

/** Most tags one `SummariesRequest` may name. */
export const MAX_SUMMARIES = 500

/**
 * Body of `POST /api/repositories/<name>/summaries`: 1 to 500 tags. The answer is a stream of
 * `application/x-ndjson`: one `SummaryRow` a line for each tag, a tag named twice once, in the order they
 * become known, and no other line. A stream that ends with a line missing was cut off.
 */
export interface SummariesRequest {
  readonly tags: readonly string[]
}

export type SummaryRow = TagSummary | FailedSummary

/** What a table shows of a tag without opening it. What nobody has recorded is absent. */
export interface TagSummary {
  readonly tag: string
  /** Of the manifest or index the tag names now. */
  readonly digest: string
  readonly mediaType: string
  /** What an artifact is (a chart, a signature): the type that `artifactKindOf` knows it by. Absent for images. */
  readonly artifactType?: string | undefined
  /** RFC 3339, or a day: of the image shown, from its config, else from annotations or labels (`createdOf`). */
  readonly created?: string | undefined
  /** Compressed bytes of the image shown (the first of `platforms`) or of the artifact. Absent where nobody knows. */
  readonly size?: number | undefined
  /** In place of `size` where the size of some blobs is not known: the bytes of the others. */
  readonly sizeAtLeast?: number | undefined
  /**
   * Compressed bytes of all platforms together, a blob they share counted once. Equals `size` without an index;
   * absent where they were not all read. With `partial` there may be more.
   */
  readonly totalSize?: number | undefined
  /**
   * Labels, linux/amd64 first, as `platformsOf` names them, the first by its config where the index names no platform;
   * attestations left out; at most 64.
   */
  readonly platforms: readonly string[]
  /** Of an index: the digest of the image shown, if the repository has it. */
  readonly image?: string | undefined
  /** The digest of the config of the image shown. Absent for artifacts. */
  readonly config?: string | undefined
  /**
   * Something is left out of what stands here: the repository lacks a config or an image of the index, the config
   * cannot be read, a size or an entry of the manifest is not known, or the index lists another index, more than 64
   * images, or larger ones than are read for one row.
   */
  readonly partial?: true | undefined
  readonly error?: undefined
}

/** Why a tag has no summary, with what is known of it all the same. */
export interface FailedSummary {
  readonly tag: string
  readonly digest?: string | undefined
  readonly mediaType?: string | undefined
  /** An entry of the error envelope; where the registry has asked to wait, `detail.retryAfterSeconds`. */
  readonly error: ErrorEntry
}

/** Most tags one `DeletionPlanRequest` may name. */
export const MAX_DELETION = 10_000

/**
 * Body of `POST /api/repositories/<name>/deletion-plan`: 1 to 10,000 tags. The answer is a stream of
 * `application/x-ndjson`: any number of `progress` lines, then one with the plan or the error, which ends it.
 */
export interface DeletionPlanRequest {
  readonly tags: readonly string[]
}

export interface DeletionProgress {
  /** Tags of the repository whose manifests have been read. */
  readonly known: number
  readonly all: number
}

export type DeletionPlanLine =
  | { readonly progress: DeletionProgress; readonly plan?: undefined; readonly error?: undefined }
  | { readonly plan: DeletionPlan; readonly progress?: undefined; readonly error?: undefined }
  | { readonly error: ErrorEntry; readonly progress?: undefined; readonly plan?: undefined }

/** What deleting these tags does, found over all tags of the repository. */
export interface DeletionPlan {
  /**
   * `tag`: this registry deletes single tags, and other tags of the same manifest stay. `digest`: it deletes
   * whole manifests, and every tag of them goes.
   */
  readonly mode: 'tag' | 'digest'
  /** One for each manifest that the tags asked for name, in the order asked. */
  readonly manifests: readonly PlannedManifest[]
  /** Asked for, but without a manifest: only a registry that deletes single tags can remove them. */
  readonly broken: readonly string[]
  /** Asked for, but no longer there. */
  readonly gone: readonly string[]
  /** Tags the repository has now. */
  readonly tagCount: number
  /**
   * Compressed bytes of config and layers that no tag of the repository refers to afterwards, each blob once. With
   * `partial` at least as many.
   */
  readonly bytes: number
  /** Not everything could be read, or some sizes are not recorded: it may be more than `bytes`. */
  readonly partial?: true | undefined
  /** With `partial`, where it is known what it is at most: something that stays could not be read and may use some. */
  readonly bytesAtMost?: number | undefined
  /**
   * Why the registry's own lists of referrers were not read, or not all of them: `none`: it has no such API.
   * `refused`: not for this account. `failed`: it gave another answer. Then only referrers with a tag are named.
   */
  readonly referrersUnknown?: 'none' | 'refused' | 'failed' | undefined
}

export interface PlannedManifest {
  readonly digest: string
  readonly mediaType: string
  /** Its tags that were asked for. */
  readonly asked: readonly string[]
  /** Its other tags: in mode `digest` they go too, in mode `tag` they stay and keep it. */
  readonly others: readonly string[]
  /**
   * Tags that stay and name this manifest, at any depth: an index with it as a platform, an index of such an index.
   * In mode `digest` they lose it, in mode `tag` they keep it. Absent: none.
   */
  readonly imageOf?: readonly string[] | undefined
  /** Of an index: labels as in `TagSummary`. */
  readonly platforms: readonly string[]
  /** What is about this manifest or one of its platforms and will point to nothing; empty while it stays. */
  readonly referrers: readonly PlannedReferrer[]
}

export interface PlannedReferrer {
  /** Artifact type or media type; `cosign signature` and such for what is known by its tag. */
  readonly type: string
  readonly digest?: string | undefined
  readonly tag?: string | undefined
}

/**
 * Body of `DELETE /v2/<name>/manifests/<reference>`, optional: what was planned. It is checked before anything is
 * deleted, and a tag that names something else by now is 409 CONFLICT.
 */
export interface DeletionRequest {
  /** Of a deletion by tag: the manifest the tag must name; null: it must have none. */
  readonly digest?: string | null | undefined
  /** Of a deletion by digest: tags that must name it. */
  readonly tags?: readonly string[] | undefined
  /** Of a deletion by tag: other tags of the manifest, which must survive it. */
  readonly siblings?: readonly string[] | undefined
}
