// docs/configuration.md agrees with the table of settings. `-u` regenerates the tables there.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parseConfig } from './config.ts'
import { SECTIONS, SETTING_NAMES, SETTINGS, type Setting } from './settings.ts'

const REFERENCE = fileURLToPath(new URL('../../docs/configuration.md', import.meta.url))
const text = readFileSync(REFERENCE, 'utf8')

function row([name, setting]: [string, Setting]): string {
  const fallback = setting.default ? `\`${setting.default}\`` : (setting.unset ?? '')
  return `| \`${name}\` | ${fallback} | ${setting.meaning} |`
}

/** The reference with the first table of each section made from the settings. */
function withTables(reference: string): string {
  return Object.entries(SECTIONS).reduce((result, [heading, settings]) => {
    const head = ['| Variable | Default | Meaning |', '| --- | --- | --- |']
    const table = [...head, ...Object.entries(settings).map(row)].join('\n')
    const place = new RegExp(`(^## ${heading}\\n\\n)(?:\\|.*\\n)+`, 'm')
    expect(result).toMatch(place)
    return result.replace(place, (_all, before: string) => `${before}${table}\n`)
  }, reference)
}

test('docs/configuration.md has the settings of the table, with their defaults and meanings', async () => {
  await expect(withTables(text)).toMatchFileSnapshot(REFERENCE)
})

test('docs/configuration.md names each secret that can be read from a file, and no other', () => {
  const secrets = SETTING_NAMES.filter((name) => SETTINGS[name].secret).map((name) => `${name}_FILE`)
  const paragraph = /^A secret can[\s\S]*?\n\n/m.exec(text)?.[0] ?? ''
  expect([...paragraph.matchAll(/[A-Z_]+_FILE/g)].map(String).sort()).toEqual(secrets.sort())
})

test('setting a variable to its documented default changes nothing', () => {
  const rows = [...text.matchAll(/^\| `([A-Z0-9_]+)` \| `([^`]+)`/gm)]
  expect(rows.length).toBeGreaterThan(12)
  for (const [, name = '', value = ''] of rows)
    expect(parseConfig({ [name]: value }), name).toEqual(parseConfig({}))
})

test.each(SETTING_NAMES)('%s: its default and alternatives are valid', (name) => {
  const { schema, default: fallback, unset, alternatives = [] } = SETTINGS[name]
  if (fallback !== undefined) expect([schema.safeParse(fallback).success, unset]).toEqual([true, undefined])
  expect(SETTING_NAMES).toEqual(expect.arrayContaining([...alternatives]))
})
