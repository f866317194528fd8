// What other features may use of this one.

export { LargestLayers } from './largest-layers.tsx'
export { layerRows } from './layer-rows.ts'
