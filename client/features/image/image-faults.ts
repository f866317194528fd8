// Where config, manifest and index contradict each other: tools made them, and some make mistakes.

import type { ImageConfig } from '../../../shared/oci/image-config.ts'
import type { Platform, RunnableImage } from '../../../shared/oci/manifest.ts'
import { countOf } from '../../lib/format.ts'

/** Long values are somebody's joke. */
const word = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
/** `linux/amd64`, without what is not named. */
const machine = (...names: readonly (string | undefined)[]) =>
  names.flatMap((name) => (name ? [word(name)] : [])).join('/')

/**
 * Compares a config with the manifest and the index that name it. What one of them does not say contradicts nothing.
 *
 * @param platform  as the index says; undefined without an index.
 * @param configBytes  the config's true length.
 * @returns each contradiction in one sentence.
 */
export function imageFaults(
  { config: { size }, layerEntries: layers }: Pick<RunnableImage, 'config' | 'layerEntries'>,
  config: Pick<ImageConfig, 'os' | 'architecture' | 'history' | 'diffIds'>,
  platform: Platform | undefined,
  configBytes: number,
): readonly string[] {
  const faults: string[] = []
  const { os, architecture, diffIds, history } = config
  if (diffIds.length !== layers.length)
    faults.push(`The config lists ${countOf(diffIds.length, 'layer')}, the manifest ${layers.length}.`)
  const filled = history.filter((entry) => entry.empty_layer !== true).length
  if (history.length > 0 && filled !== layers.length)
    faults.push(
      `The history has ${countOf(filled, 'step')} with a layer, the manifest ${countOf(layers.length, 'layer')}: they may be paired wrongly.`,
    )
  const differ = (said: string | undefined, named: string) => Boolean(said) && named !== '' && said !== named
  if (platform !== undefined && (differ(os, platform.os) || differ(architecture, platform.architecture)))
    faults.push(
      `The index says ${machine(platform.os, platform.architecture)}, the config ${machine(os, architecture)}.`,
    )
  if (size !== undefined && configBytes !== size)
    faults.push(`The config has ${configBytes} bytes, the manifest says ${size}.`)
  return faults
}
