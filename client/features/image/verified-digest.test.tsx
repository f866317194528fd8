// @vitest-environment happy-dom
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { Digest } from '../../../shared/oci/digest.ts'
import { digestOf } from '../../api/digest-of.ts'
import { readDocument } from '../../api/documents.ts'
import { RawDocumentView } from '../raw/raw-document.tsx'
import type { RawDocument } from '../raw/raw-documents.ts'
import { isSignedSchema1, VerifiedDigest } from './verified-digest.tsx'

const bytes = new TextEncoder().encode('{"schemaVersion":1,"signatures":[{}]}')
const OTHER = `sha256:${'0'.repeat(64)}` as Digest
const verdict = (digest: Digest | undefined, isSigned = false) =>
  renderToStaticMarkup(<VerifiedDigest bytes={bytes} digest={digest} isSigned={isSigned} />)

test.each(['sha256', 'sha384', 'sha512'])('the %s digest of the bytes matches', (algorithm) => {
  for (const isSigned of [false, true])
    expect(verdict(digestOf(bytes, algorithm) as Digest, isSigned)).toContain('The bytes match')
})

test('bytes that are others are an alarm, and of schema 1 with signatures nobody knows', () => {
  expect(verdict(OTHER)).toContain('do not match their digest')
  expect(verdict(OTHER)).toContain('role="alert"')
  const signed = verdict(OTHER, true)
  expect(signed).toContain('cannot be checked for schema 1 with signatures')
  expect(signed).not.toMatch(/alert|do not match|The bytes match/)
  expect(verdict('blake3:00' as Digest)).toContain('blake3 is not known here')
  expect(verdict(undefined)).toContain('the registry names none')
})

test.each<[string, unknown, boolean]>([
  ['signed', { schemaVersion: 1, signatures: [{ signature: 'x' }] }, true],
  ['unsigned', { schemaVersion: 1 }, false],
  ['no signatures in it', { schemaVersion: 1, signatures: [] }, false],
  ['signatures that are none', { schemaVersion: 1, signatures: 'x' }, false],
  ['schema 2', { schemaVersion: 2, signatures: [{}] }, false],
  ['null', null, false],
  ['text', 'x', false],
])('isSignedSchema1: %s', (_name, value, expected) => {
  expect(isSignedSchema1(value)).toBe(expected)
})

test('a blob is checked whatever is written in it', () => {
  const shown = (kind: RawDocument['kind']) =>
    renderToStaticMarkup(
      <RawDocumentView
        document={readDocument(bytes)}
        meta={{ id: 'x', label: 'x', kind, digest: OTHER, reference: 'x', isMain: true }}
        links={new Map()}
      />,
    )
  expect(shown('blob')).toContain('do not match their digest')
  expect(shown('manifest')).toContain('cannot be checked')
})
