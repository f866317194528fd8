import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dockerfileLines, parseBuildCommand } from './build-step.ts'

test.each([
  ['/bin/sh -c #(nop)  CMD ["bash"]', 'CMD', '["bash"]'],
  ['/bin/sh -c #(nop) ADD file:5c1a0f9e in / ', 'ADD', 'file:5c1a0f9e /'],
  ['/bin/sh -c #(nop) COPY multi:5c1a in /app/', 'COPY', 'multi:5c1a /app/'],
  ['/bin/sh -c apt-get update', 'RUN', 'apt-get update'],
  ['|2 A=1 B=two words /bin/sh -c make all', 'RUN', 'make all'],
  ['RUN |1 A=1 /bin/sh -c make # buildkit', 'RUN', 'make'],
  ['RUN /bin/sh -c apt-get install -y tzdata # buildkit', 'RUN', 'apt-get install -y tzdata'],
  ['RUN /bin/bash -c id', 'RUN', 'id'],
  ['COPY --from=build /out/api /usr/bin/api # buildkit', 'COPY', '--from=build /out/api /usr/bin/api'],
  ['RUN /bin/bash -o pipefail -c a | b # buildkit', 'RUN', 'a | b'],
  ['RUN /bin/bash -euxo pipefail -c a | b', 'RUN', 'a | b'],
  ['/bin/ash -eo pipefail -c a', 'RUN', 'a'],
  ['RUN /bin/bash -l -c a', 'RUN', 'a'],
  ['RUN /usr/bin/bash -c a', 'RUN', 'a'],
  ['RUN /bin/bash -x script.sh -c a', 'RUN', '/bin/bash -x script.sh -c a'],
  ['RUN |2 A=b c=d /bin/bash -o pipefail -c make # buildkit', 'RUN', 'make'],
  ['RUN |1 A=two words /bin/bash -o pipefail -c make', 'RUN', 'make'],
  ['RUN |1 A=two words make all # buildkit', 'RUN', '|1 A=two words make all'],
  ['CMD ["a" "b"]', 'CMD', '["a", "b"]'],
  [
    '/bin/sh -c #(nop)  CMD ["/bin/sh" "-c" "echo \\"a\\" \\"b\\""]',
    'CMD',
    '["/bin/sh", "-c", "echo \\"a\\" \\"b\\""]',
  ],
  ['ENTRYPOINT ["a" "b c" "d"]', 'ENTRYPOINT', '["a", "b c", "d"]'],
  ['ENTRYPOINT ["a", "b"]', 'ENTRYPOINT', '["a", "b"]'],
  ['ENTRYPOINT ["a","b"]', 'ENTRYPOINT', '["a","b"]'],
  ['ENTRYPOINT &{["a" "b"]}', 'ENTRYPOINT', '["a", "b"]'],
  ['CMD ["a" b]', 'CMD', '["a" b]'],
  ['CMD echo ["a" "b"]', 'CMD', 'echo ["a" "b"]'],
  ['CMD []', 'CMD', '[]'],
  ['SHELL [/bin/bash -o pipefail -c]', 'SHELL', '["/bin/bash", "-o", "pipefail", "-c"]'],
  ['EXPOSE [80/tcp]', 'EXPOSE', '80/tcp'],
  ['EXPOSE [80/tcp 443/udp]', 'EXPOSE', '80/tcp 443/udp'],
  ['EXPOSE map[80/tcp:{}]', 'EXPOSE', '80/tcp'],
  ['VOLUME ["/a" "/b"]', 'VOLUME', '["/a", "/b"]'],
  ['EXPOSE map[443/tcp:{} 80/tcp:{}]', 'EXPOSE', '443/tcp 80/tcp'],
  ['VOLUME [/data /logs]', 'VOLUME', '/data /logs'],
  ['VOLUME ["/data"]', 'VOLUME', '["/data"]'],
  ['ENTRYPOINT ["/app/api"]', 'ENTRYPOINT', '["/app/api"]'],
  ['ENV A=b', 'ENV', 'A=b'],
  ['cmd /S /C powershell x', 'RUN', 'powershell x'],
  ['powershell -Command $ErrorActionPreference = 1', 'RUN', '$ErrorActionPreference = 1'],
  ['bazel build ...', undefined, 'bazel build ...'],
  ['jib-maven-plugin:3.4.0', undefined, 'jib-maven-plugin:3.4.0'],
  ['COPYING is not an instruction', undefined, 'COPYING is not an instruction'],
  ['RUN', 'RUN', ''],
  ['', undefined, ''],
])('parseBuildCommand %j', (createdBy, instruction, text) => {
  expect(parseBuildCommand(createdBy)).toEqual({ instruction, text })
})

test.each([
  [
    'RUN /bin/sh -c apt-get update && apt-get install -y a && rm -rf /x # buildkit',
    ['RUN apt-get update \\', '    && apt-get install -y a \\', '    && rm -rf /x'],
  ],
  [`RUN echo "a && b" && c`, ['RUN echo "a && b" \\', '    && c']],
  [String.raw`RUN echo \" && c`, [String.raw`RUN echo \" \\`.slice(0, -1), '    && c']],
  ['RUN <<EOF\na && b\nEOF', ['RUN <<EOF', 'a && b', 'EOF']],
  ['bazel build ...', ['# bazel build ...']],
  ['WORKDIR /app', ['WORKDIR /app']],
])('dockerfileLines %j', (createdBy, lines) => {
  expect(dockerfileLines(parseBuildCommand(createdBy))).toEqual(lines)
})

test('a word of megabytes is a word', () => {
  const word = `"${'a'.repeat(4e6)}"`
  expect(parseBuildCommand(`CMD [${word} ${word}]`).text).toBe(`[${word}, ${word}]`)
})

test('nothing of a command is lost, and long ones come to an end', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { instruction, text: kept } = parseBuildCommand(`RUN /bin/sh -c x${text}y`)
      expect([instruction, kept]).toEqual(['RUN', `x${text}y`])
      expect(dockerfileLines(parseBuildCommand(text)).length).toBeGreaterThan(0)
    }),
  )
  for (const piece of [
    ' && ',
    '|1 ',
    '/bin/sh -c ',
    ' /bin/sh -a',
    ' -a',
    '"',
    '\\"',
    '"" ',
    '\\',
    'map[',
    ' ',
  ])
    for (const instruction of ['RUN', 'RUN |1', 'CMD ["', 'CMD [', 'EXPOSE map['])
      dockerfileLines(parseBuildCommand(`${instruction} ${piece.repeat(200_000)}x]`))
})
