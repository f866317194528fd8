import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { DeletionPlan } from '../../../shared/api/deletion.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { Consequences } from './consequences.tsx'

const plan: DeletionPlan = {
  mode: 'digest',
  manifests: [
    { digest: 'sha256:a', mediaType: 'm', asked: ['1.0'], others: [], platforms: [], referrers: [] },
  ],
  broken: [],
  gone: [],
  tagCount: 9,
  bytes: 0,
}
const wordsOf = (change: Partial<DeletionPlan>) =>
  renderToStaticMarkup(
    <Consequences plan={{ ...plan, ...change }} repository={'team/app' as Repository} />,
  ).replace(/<[^>]*>/g, ' ')

test.each<[string, Partial<DeletionPlan>, string]>([
  ['all is known', { bytes: 93 }, ' 93 B (compressed) will no longer be used by any tag here.'],
  ['some of what goes was not read', { bytes: 93, partial: true }, 'At least 93 B (compressed) will no'],
  [
    'some of what stays was not read',
    { partial: true, bytesAtMost: 93 },
    'At most 93 B (compressed) will no longer be used by any tag here: some of what stays could not be read',
  ],
  ['neither is known', { partial: true }, 'How much space becomes free is not known'],
  ['nothing becomes free', {}, 'Hardly any space becomes free'],
])('bytes: %s', (_name, change, words) => {
  expect(wordsOf(change)).toContain(words)
})

test.each<[DeletionPlan['referrersUnknown'], string]>([
  ['none', 'Referrers could not be checked: this registry does not list them.'],
  ['refused', 'Referrers could not be checked: the registry does not let this account list them.'],
  ['failed', 'Referrers could not be checked: the registry did not answer with a list of them.'],
])('referrers: %s', (referrersUnknown, words) => {
  expect(wordsOf({ referrersUnknown })).toContain(words)
  expect(wordsOf({})).not.toContain('Referrers')
})

test('what stays and loses a part is said', () => {
  const losing = (...imageOf: string[]) =>
    wordsOf({ manifests: plan.manifests.map((manifest) => ({ ...manifest, imageOf })) })
  expect(losing('multi')).toMatch(/1 tag that\s+stays loses a part\s*, such as the image for one platform/)
  expect(losing('multi', 'outer')).toMatch(/2 tags that\s+stay lose a part/)
  expect(wordsOf({ mode: 'tag' })).not.toContain('a part')
})
