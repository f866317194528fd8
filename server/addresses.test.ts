import { expect, test } from 'vitest'
import { classifyAddress, classifyHost } from './addresses.ts'

const hostnameOf = (host: string) => new URL(`http://${host}/`).hostname

test.each([
  '169.254.169.254',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::]',
  '[::a9fe:a9fe]',
  '2852039166', // 169.254.169.254 as one number
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '①⑥⑨.254.169.254',
  '0.0.0.0',
  '0',
  '[::]',
  '[fe80::1]',
  '[ff02::1]',
  '224.0.0.1',
  '255.255.255.255',
  '[fd00:ec2::254]',
  '[fd20:ce::254]',
  '100.100.100.200',
  '168.63.129.16',
])('%s is forbidden', (host) => {
  expect(classifyHost(hostnameOf(host))).toBe('forbidden')
})

test.each([
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '①②⑦.0.0.1',
  '[::1]',
  '[::ffff:127.0.0.1]',
  'localhost',
  'LOCALHOST.',
  'a.localhost',
])('%s is loopback', (host) => {
  expect(classifyHost(hostnameOf(host))).toBe('loopback')
})

test.each([
  '10.0.0.5',
  '192.168.1.1',
  '172.17.0.1',
  '[fd12::1]',
  '8.8.8.8',
  '[2606:4700::1111]',
  '[64:ff9b::808:808]',
])('%s is ordinary: registries run on private addresses too', (host) => {
  expect(classifyHost(hostnameOf(host))).toBe('ordinary')
})

test('a name is not decided here, and a zone does not hide an address', () => {
  expect(classifyHost('auth.example')).toBeUndefined()
  expect(classifyAddress('fe80::1%eth0')).toBe('forbidden')
})
