import { dockerfileLines } from '../../../shared/oci/build-step.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { PlainLine } from '../../components/plain-text.tsx'
import { type DockerfileToken, dockerfileTokens } from './dockerfile-tokens.ts'
import styles from './dockerfile-view.module.css'
import type { LayerRow } from './layer-rows.ts'

const MAX_LINES = 5000
const MAX_LINE = 2000
const NOTE = '# Reconstructed from the image’s history: not the Dockerfile itself.'

function Token({ kind, text }: DockerfileToken) {
  return (
    <span data-kind={kind}>
      <PlainLine text={text} />
    </span>
  )
}

/** The history in the words of a Dockerfile. What COPY took in and what FROM named, no image remembers. */
export function DockerfileView({ rows }: { rows: readonly LayerRow[] }) {
  const lines = [
    NOTE,
    'FROM scratch',
    ...rows.flatMap(({ command }) =>
      command ? dockerfileLines(command) : ['# a layer that nobody has described'],
    ),
  ]
  return (
    <div className={styles.view}>
      <div className={styles.head}>
        <span>
          Reconstructed from the history: what stood in the Dockerfile may have been written otherwise.
        </span>
        <CopyButton text={`${lines.join('\n')}\n`} label="the reconstructed Dockerfile" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled with the keys */}
      <pre tabIndex={0}>
        {lines.slice(0, MAX_LINES).map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines may repeat, and their order is what they are
          <span key={index} className={styles.line}>
            {dockerfileTokens(line.slice(0, MAX_LINE)).map((token, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: as above
              <Token key={at} {...token} />
            ))}
            {line.length > MAX_LINE && '…'}
            {'\n'}
          </span>
        ))}
        {lines.length > MAX_LINES && `… ${lines.length - MAX_LINES} more lines`}
      </pre>
    </div>
  )
}
