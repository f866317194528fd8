// Where config, manifest and index contradict each other: tools made them, and some make mistakes.

import { countOf } from '../count-of.ts'
import type { ImageConfig } from './image-config.ts'
import type { ImageManifest, Platform } from './manifest.ts'

/** Long values are somebody's joke. */
const word = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

/**
 * Compares a config with the manifest and the index that name it.
 *
 * @param platform  as the index says; undefined without an index.
 * @param configBytes  the config's true length.
 * @returns each contradiction in one sentence.
 */
export function imageFaults(
  { config: { size }, layers }: Pick<ImageManifest, 'config' | 'layers'>,
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
  const differs = (said: string | undefined, named: string) =>
    said !== undefined && said !== '' && said !== named
  if (platform !== undefined && (differs(os, platform.os) || differs(architecture, platform.architecture)))
    faults.push(
      `The index says ${word(platform.os)}/${word(platform.architecture)}, the config ${word(os ?? '?')}/${word(architecture ?? '?')}.`,
    )
  if (configBytes !== size) faults.push(`The config has ${configBytes} bytes, the manifest says ${size}.`)
  return faults
}
