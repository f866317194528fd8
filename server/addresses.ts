// Which network addresses a registry's answer may send us to.

import { BlockList, isIP, isIPv6 } from 'node:net'

type Subnet = readonly [address: string, prefix: number]

/**
 * Never a token server and never a blob store: link-local (cloud metadata lives there), the metadata
 * addresses outside it, unspecified, multicast, broadcast and reserved.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry/
 */
const FORBIDDEN: readonly Subnet[] = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32], // Alibaba Cloud metadata
  ['168.63.129.16', 32], // Azure wire server
  ['192.0.0.192', 32], // Oracle Cloud metadata
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['fd00:ec2::', 32], // AWS metadata over IPv6
  ['fd20:ce::', 32], // Google Cloud metadata over IPv6
]
const LOOPBACK: readonly Subnet[] = [
  ['127.0.0.0', 8],
  ['::1', 128],
]

function blockList(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList()
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, isIPv6(address) ? 'ipv6' : 'ipv4')
  return list
}
const forbidden = blockList(FORBIDDEN)
const loopback = blockList(LOOPBACK)

/** The two 16-bit groups as a dotted IPv4 address. */
function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The eight groups of an IPv6 address in any spelling (dotted tail and zone removed). */
function groupsOf(address: string): number[] {
  const hexTail = address
    .replace(/%.*$/, '')
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...octets: string[]) => {
      const [a = 0, b = 0, c = 0, d = 0] = octets.slice(0, 4).map(Number)
      return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
    })
  const [head = '', tail] = hexTail.split('::')
  const parse = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const front = parse(head)
  const back = tail === undefined ? [] : parse(tail)
  return tail === undefined ? front : [...front, ...Array(8 - front.length - back.length).fill(0), ...back]
}

/**
 * The IPv4 address that an IPv6 address stands for: mapped (::ffff:0:0/96), compatible (::/96),
 * NAT64 (64:ff9b::/96) and 6to4 (2002::/16) all end at the IPv4 host inside them.
 */
function embeddedIPv4(address: string): string | undefined {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, high = 0, low = 0] = groupsOf(address)
  if (a === 0x2002) return dotted(b, c)
  if (a === 0x64 && b === 0xff9b) return dotted(high, low)
  const zeros = a === 0 && b === 0 && c === 0 && d === 0 && e === 0
  return zeros && (f === 0xffff || (f === 0 && high !== 0)) ? dotted(high, low) : undefined
}

export type AddressClass = 'forbidden' | 'loopback' | 'ordinary'

/**
 * Sorts an IP address, in any spelling that `net.isIP` takes.
 *
 * @returns 'ordinary' for public and private addresses alike: self-hosted registries run on private ones.
 */
export function classifyAddress(address: string): AddressClass {
  const inner = isIPv6(address) ? embeddedIPv4(address) : undefined
  if (inner !== undefined) return classifyAddress(inner)
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  if (forbidden.check(address, family)) return 'forbidden'
  return loopback.check(address, family) ? 'loopback' : 'ordinary'
}

/**
 * The network that one client has to itself: an IPv4 address, or the first 64 bits of an IPv6 one, in one spelling.
 *
 * @param address  as `net.isIP` takes it; anything else is its own network.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const groups = groupsOf(address)
    .slice(0, 4)
    .map((group) => group.toString(16))
  return embeddedIPv4(address) ?? `${groups.join(':')}::`
}

/**
 * Sorts a URL's host as far as it can be told without DNS.
 *
 * @param hostname  `URL.hostname`: there `0x7f000001`, `127.1` and full-width digits are already normalised.
 * @returns undefined for a name, whose addresses must be classified when it is resolved (see agents.ts).
 */
export function classifyHost(hostname: string): AddressClass | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIP(bare) !== 0) return classifyAddress(bare)
  return bare === 'localhost' || bare.endsWith('.localhost') ? 'loopback' : undefined
}
