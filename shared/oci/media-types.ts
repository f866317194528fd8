// Media types of manifests, configs and layers.

export const DOCKER_SCHEMA1 = 'application/vnd.docker.distribution.manifest.v1+json'
export const DOCKER_SCHEMA1_SIGNED = 'application/vnd.docker.distribution.manifest.v1+prettyjws'
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
export const DOCKER_MANIFEST_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
export const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json'
export const DOCKER_LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip'
export const DOCKER_FOREIGN_LAYER = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
export const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar'
export const OCI_LAYER_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip'
export const OCI_LAYER_ZSTD = 'application/vnd.oci.image.layer.v1.tar+zstd'
/** Nondistributable layers, from OCI 1.0 and deprecated since: registries may not hold their bytes. */
export const OCI_FOREIGN_LAYER = 'application/vnd.oci.image.layer.nondistributable.v1.tar'
export const OCI_FOREIGN_LAYER_GZIP = `${OCI_FOREIGN_LAYER}+gzip`
export const OCI_FOREIGN_LAYER_ZSTD = `${OCI_FOREIGN_LAYER}+zstd`
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json'

/**
 * The Accept value of manifest requests. All types are listed, since distribution returns 404 for an OCI manifest that
 * is not accepted; schema 1 is last, so that it is recognised (otherwise 2.8 converts it and others fail).
 */
export const ACCEPT_MANIFESTS = [
  OCI_INDEX,
  DOCKER_MANIFEST_LIST,
  OCI_MANIFEST,
  DOCKER_MANIFEST,
  `${DOCKER_SCHEMA1_SIGNED};q=0.1`,
  `${DOCKER_SCHEMA1};q=0.1`,
].join(', ')

/** The type without parameters, in lower case. */
export function essence(mediaType: string): string {
  return (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase()
}

/** Whether it lists manifests, one for each platform. */
export function isIndex(mediaType: string): boolean {
  return [OCI_INDEX, DOCKER_MANIFEST_LIST].includes(essence(mediaType))
}

/** Whether it names a config and layers. */
export function isManifest(mediaType: string): boolean {
  return [OCI_MANIFEST, DOCKER_MANIFEST].includes(essence(mediaType))
}

/** Whether it is Docker's schema 1, which current registries no longer serve. */
export function isSchema1(mediaType: string): boolean {
  return [DOCKER_SCHEMA1, DOCKER_SCHEMA1_SIGNED].includes(essence(mediaType))
}

/** Whether it is an image's layer: a part of its file system. */
export function isImageLayer(mediaType: string): boolean {
  return /^application\/vnd\.(?:oci\.image\.layer\.|docker\.image\.rootfs\.)/.test(essence(mediaType))
}

/** Whether it is an image's config, with history, environment and so on. */
export function isImageConfig(mediaType: string): boolean {
  return [OCI_CONFIG, DOCKER_CONFIG].includes(essence(mediaType))
}
