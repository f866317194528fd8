// @vitest-environment happy-dom
import { act } from 'react'
import { expect, test, vi } from 'vitest'
import type { DeletionPlan } from '../../../shared/api/deletion.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { createTestRoot } from '../../test-root.ts'
import { PlanView } from './plan-view.tsx'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const planOf = (...digests: string[]): DeletionPlan => ({
  mode: 'tag',
  manifests: digests.map((digest) => ({
    digest,
    mediaType: 'm',
    asked: [digest],
    others: [],
    platforms: [],
    referrers: [],
  })),
  broken: [],
  gone: [],
  tagCount: 9,
  bytes: 0,
})

test('the name that was typed agrees to one plan: another one asks for it again', async () => {
  const element = document.createElement('div')
  const root = createTestRoot(element)
  const onConfirm = vi.fn()
  const draw = (plan: DeletionPlan, isChanged: boolean, checking?: { progress: undefined }) =>
    act(async () =>
      root.render(
        <PlanView
          plan={plan}
          isChanged={isChanged}
          checking={checking}
          repository={'team/app' as Repository}
          onConfirm={onConfirm}
          onClose={() => {}}
        />,
      ),
    )
  const field = () => element.querySelector('input')
  const type = (name: string) =>
    act(async () => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field(), name)
      field()?.dispatchEvent(new Event('input', { bubbles: true }))
    })
  const submit = () =>
    act(async () => {
      element.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    })
  const plan = planOf('a', 'b')
  await draw(plan, false)
  await type('team/app')
  await submit()
  expect(onConfirm).toHaveBeenCalledTimes(1)
  await draw(plan, false, { progress: undefined })
  expect(field()?.value).toBe('team/app')
  await draw(planOf('a', 'c'), true)
  expect(field()?.value).toBe('')
  await submit()
  expect(onConfirm).toHaveBeenCalledTimes(1)
  await type('team/app')
  await submit()
  expect(onConfirm).toHaveBeenCalledTimes(2)
})
