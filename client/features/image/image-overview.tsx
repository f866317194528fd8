import { useSuspenseQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { type ImageConfig, pairHistory } from '../../../shared/oci/image-config.ts'
import type { ImageManifest } from '../../../shared/oci/manifest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { imageConfigOf } from '../../api/blobs.ts'
import { formatBytes } from '../../ui/format.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import styles from './image.module.css'

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

/** A list of words as a shell would show them. */
function shellWords(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ')
}

function Settings({ config }: { config: ImageConfig }) {
  const rows: [string, ReactNode][] = [
    ['Created', config.created && <RelativeTime time={config.created} />],
    ['Author', config.author],
    ['Entrypoint', config.entrypoint.length > 0 && <code>{shellWords(config.entrypoint)}</code>],
    ['Cmd', config.cmd.length > 0 && <code>{shellWords(config.cmd)}</code>],
    ['Workdir', config.workingDir && <code>{config.workingDir}</code>],
    ['User', config.user && <code>{config.user}</code>],
    ['Ports', config.exposedPorts.length > 0 && <code>{config.exposedPorts.join(', ')}</code>],
    ['Volumes', config.volumes.length > 0 && <code>{config.volumes.join(', ')}</code>],
    ['Stop signal', config.stopSignal && <code>{config.stopSignal}</code>],
  ]
  const known = rows.filter(([, value]) => value)
  if (known.length === 0) return <p className={styles.note}>This config says nothing about how to run it.</p>
  return (
    <dl className={styles.facts}>
      {known.map(([name, value]) => (
        <Row key={name} name={name}>
          {value}
        </Row>
      ))}
    </dl>
  )
}

function Pairs({ title, pairs }: { title: string; pairs: readonly (readonly [string, string])[] }) {
  if (pairs.length === 0) return null
  return (
    <>
      <h2>{title}</h2>
      <table className={styles.pairs}>
        <tbody>
          {pairs.map(([name, value], index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat, and the list never changes
            <tr key={index}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

const splitEnv = (entry: string): [string, string] => {
  const at = entry.indexOf('=')
  return at === -1 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
}

function Layers({ manifest, config }: { manifest: ImageManifest; config: ImageConfig }) {
  return (
    <>
      <h2>Layers</h2>
      <table className={styles.layers}>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col" className={styles.right}>
              Size
            </th>
          </tr>
        </thead>
        <tbody>
          {pairHistory(config.history, manifest.layers).map(({ history, layer }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps may repeat, and their order is what they are
            <tr key={index}>
              <td>
                <code>{history?.created_by ?? history?.comment ?? layer?.digest ?? 'unknown step'}</code>
              </td>
              <td className={styles.right}>
                {layer === undefined ? <span className={styles.note}>empty</span> : formatBytes(layer.size)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

/** What an image runs, and the layers it is made of. */
export function ImageOverview({ repository, manifest }: { repository: Repository; manifest: ImageManifest }) {
  const config = useSuspenseQuery(imageConfigOf(repository, manifest.config.digest)).data
  return (
    <>
      <Settings config={config} />
      <Pairs title="Environment" pairs={config.env.map(splitEnv)} />
      <Pairs title="Labels" pairs={Object.entries(config.labels)} />
      <Layers manifest={manifest} config={config} />
    </>
  )
}
