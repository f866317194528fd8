import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dockerfileTokens } from './dockerfile-tokens.ts'

test.each([
  ['# a comment', ['comment:# a comment']],
  ['RUN echo "$A" --x', ['keyword:RUN', 'text: echo ', 'string:"$A"', 'text: ', 'flag:--x']],
  ['ENV PATH=$HOME/bin', ['keyword:ENV', 'text: PATH=', 'variable:$HOME', 'text:/bin']],
  ['COPY --from=build a b', ['keyword:COPY', 'text: ', 'flag:--from', 'text:=build a b']],
  ['    && make', ['text:    && make']],
  ['', []],
])('%j', (line, tokens) => {
  expect(dockerfileTokens(line).map(({ kind, text }) => `${kind}:${text}`)).toEqual(tokens)
})

test('the tokens are the line, and hostile lines come to an end', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      expect(
        dockerfileTokens(line)
          .map(({ text }) => text)
          .join(''),
      ).toBe(line)
    }),
  )
  for (const piece of ['"', "'", '${', '$', ' -', '\\"']) dockerfileTokens(`RUN ${piece.repeat(1000)}`)
})
