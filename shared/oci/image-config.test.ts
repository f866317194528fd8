import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pairHistory, parseImageConfig } from './image-config.ts'
import type { Descriptor } from './manifest.ts'

const layer = (name: string) => ({ mediaType: 'x', digest: name, size: 1 }) as unknown as Descriptor

test('parseImageConfig reads what docker and buildkit write', () => {
  expect(
    parseImageConfig({
      created: '2026-01-02T03:04:05Z',
      architecture: 'arm64',
      os: 'linux',
      variant: 'v8',
      config: {
        User: '1000:1000',
        Env: ['PATH=/bin'],
        Entrypoint: ['/api'],
        Cmd: null,
        ExposedPorts: { '8080/tcp': {} },
        Volumes: { '/data': {} },
        Labels: { a: 'b' },
        Healthcheck: { Test: ['CMD', 'true'], Interval: 5 },
        WorkingDir: '/srv',
      },
      rootfs: { type: 'layers', diff_ids: ['sha256:1'] },
      history: [{ created_by: 'COPY . .' }, { created_by: 'ENV a=b', empty_layer: true }],
    }),
  ).toMatchObject({
    architecture: 'arm64',
    user: '1000:1000',
    entrypoint: ['/api'],
    cmd: [],
    exposedPorts: ['8080/tcp'],
    volumes: ['/data'],
    labels: { a: 'b' },
    healthCheck: { Test: ['CMD', 'true'], Interval: 5 },
    diffIds: ['sha256:1'],
    history: [{ created_by: 'COPY . .' }, { empty_layer: true }],
  })
})

test.each<[string, unknown]>([
  ['nothing', {}],
  ['null everywhere', { created: null, config: null, history: null, rootfs: null }],
  [
    'wrong types everywhere',
    {
      created: 5,
      os: [],
      config: { Env: 'x', Labels: [1], ExposedPorts: 3, Healthcheck: 'no' },
      history: 'x',
      rootfs: 1,
    },
  ],
  ['more history than any image has', { history: Array(10_001).fill({}) }],
  ['a Helm chart’s config', { name: 'web', version: '1.0.0', apiVersion: 'v2' }],
])('one malformed field costs that field only: %s', (_name, value) => {
  expect(parseImageConfig(value)).toMatchObject({
    created: undefined,
    env: [],
    labels: {},
    history: [],
    exposedPorts: [],
  })
})

test('one malformed entry costs that entry only, and no step its layer', () => {
  const labels = JSON.parse('{"a":"b","n":1,"none":null,"o":{},"__proto__":"x"}')
  const config = parseImageConfig({
    config: { Env: ['A=1', 2, null, ['x'], 'B=2'], Labels: labels, Cmd: ['a', 1] },
    history: [{ created_by: 'a' }, null, 'x', [], { created_by: 5, comment: 'c' }, { created_by: 'b' }],
    rootfs: { diff_ids: ['sha256:1', 2] },
  })
  expect(config?.env).toEqual(['A=1', 'B=2'])
  expect(Object.entries(config?.labels ?? {})).toEqual([
    ['a', 'b'],
    ['__proto__', 'x'],
  ])
  expect(config?.history).toEqual([{ created_by: 'a' }, {}, {}, {}, { comment: 'c' }, { created_by: 'b' }])
  expect(config?.diffIds).toEqual(['sha256:1'])
  // one word less would be another command
  expect(config?.cmd).toEqual([])
  expect(({} as { x?: string }).x).toBeUndefined()
})

test.each(['history', 'rootfs', 'Env', 'Entrypoint', 'Labels', 'ExposedPorts'])(
  '200,000 bad entries cost no more than one: %s',
  (field) => {
    const many = Array(200_000).fill(1)
    const value = { os: 'linux', [field]: many, rootfs: { diff_ids: many }, config: { [field]: many } }
    expect(parseImageConfig(value)).toMatchObject({ os: 'linux', env: [], history: [], diffIds: [] })
  },
)

test('a command written as one string is one word', () => {
  expect(parseImageConfig({ config: { Cmd: 'sh -c x' } })?.cmd).toEqual(['sh -c x'])
})

test('parseImageConfig never throws', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
      expect(parseImageConfig(value) !== undefined).toBe(isObject)
    }),
  )
})

test('pairHistory gives empty steps no layer', () => {
  const steps = pairHistory(
    [{ created_by: 'a' }, { created_by: 'b', empty_layer: true }, { created_by: 'c' }],
    [layer('1'), layer('2')],
  )
  expect(steps.map((step) => [step.history?.created_by, step.layer?.digest])).toEqual([
    ['a', '1'],
    ['b', undefined],
    ['c', '2'],
  ])
})

test('pairHistory loses nothing where the numbers differ', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ empty_layer: fc.boolean() })), fc.nat({ max: 20 }), (history, count) => {
      const layers = Array.from({ length: count }, (_value, i) => layer(String(i)))
      const steps = pairHistory(history, layers)
      expect(steps.flatMap((step) => step.history ?? [])).toEqual(history)
      expect(steps.flatMap((step) => step.layer ?? [])).toEqual(layers)
    }),
  )
})

test('a zero time is no time', () => {
  expect(parseImageConfig({ created: '0001-01-01T00:00:00Z' })?.created).toBeUndefined()
  expect(parseImageConfig({ created: '1970-01-01T00:00:00Z' })?.created).toBe('1970-01-01T00:00:00Z')
})
