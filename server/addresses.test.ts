import { expect, test } from 'vitest'
import { classifyAddress, classifyHost, networkOf } from './addresses.ts'

const hostnameOf = (host: string) => new URL(`http://${host}/`).hostname

test.each([
  '169.254.169.254',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b:1::a9fe:a9fe]',
  '[::ffff:0:169.254.169.254]',
  '[0:0:0:0:0:FFFF:A9FE:A9FE]',
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

test('a name is not classified', () => {
  expect(classifyHost('auth.example')).toBeUndefined()
})

test.each([
  ['fe80::1%eth0', 'forbidden'],
  ['fe80::1%br-lan.2', 'forbidden'],
  ['::ffff:169.254.169.254%1', 'forbidden'],
  ['::1%lo', 'loopback'],
  ['::169.254.169.254', 'forbidden'],
  ['0:0:0:0:0:ffff:127.0.0.1', 'loopback'],
  ['64:ff9b::8.8.8.8', 'ordinary'],
  ['FD12:0:0::1', 'ordinary'],
])('in the spelling of DNS and sockets, %s is %s', (address, expected) => {
  expect(classifyAddress(address)).toBe(expected)
})

test.each(['', 'auth.example', '127.1', '0x7f000001', '010.0.0.1', '1.2.3.256', '::1::', '[::1]', '%eth0'])(
  '%j is not an address, so it is forbidden',
  (text) => {
    expect(classifyAddress(text)).toBe('forbidden')
  },
)

test.each([
  ['10.0.0.7', '10.0.0.7'],
  ['::ffff:10.0.0.7', '10.0.0.7'],
  ['::FFFF:a00:7', '10.0.0.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
  ['2001:DB8:0001:2::%eth0', '2001:db8:1:2::'],
  ['::1', '0:0:0:0::'],
  ['unix:', 'unix:'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
