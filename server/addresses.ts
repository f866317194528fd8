// Which network addresses a registry's answer may send us to.

import { isIP, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

export type AddressClass = 'forbidden' | 'loopback' | 'ordinary'
type Address = ipaddr.IPv4 | ipaddr.IPv6

/**
 * Forbidden: never a token server and never a blob store: link-local (cloud metadata lives there), the metadata
 * addresses outside it, unspecified, multicast, broadcast and reserved. Not the ranges that ipaddr.js names itself:
 * there 'reserved' holds networks that people use at home.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry/
 */
const CLASSES = {
  forbidden: [
    '0.0.0.0/8',
    '169.254.0.0/16',
    '100.100.100.200/32', // Alibaba Cloud metadata
    '168.63.129.16/32', // Azure wire server
    '192.0.0.192/32', // Oracle Cloud metadata
    '224.0.0.0/4',
    '240.0.0.0/4',
    '::/128',
    'fe80::/10',
    'fec0::/10',
    'ff00::/8',
    'fd00:ec2::/32', // AWS metadata over IPv6
    'fd20:ce::/32', // Google Cloud metadata over IPv6
  ].map(ipaddr.parseCIDR),
  loopback: ['127.0.0.0/8', '::1/128'].map(ipaddr.parseCIDR),
} satisfies Partial<Record<AddressClass, unknown>>

/** IPv6 networks whose traffic ends at the IPv4 host inside the address, and the group where that begins. */
const EMBEDDING: readonly (readonly [network: [Address, number], group: number])[] = [
  [ipaddr.parseCIDR('::ffff:0:0/96'), 6], // mapped
  [ipaddr.parseCIDR('::ffff:0:0:0/96'), 6], // translated (RFC 7915)
  [ipaddr.parseCIDR('::/96'), 6], // compatible
  [ipaddr.parseCIDR('64:ff9b::/32'), 6], // NAT64 (RFC 6052, RFC 8215)
  [ipaddr.parseCIDR('2002::/16'), 1], // 6to4
]

/** In any spelling that `net.isIP` takes; a zone may hold characters that ipaddr.js does not know, and means nothing here. */
const parse = (address: string): Address => ipaddr.parse(address.replace(/%.*$/s, ''))

function embeddedIPv4(address: Address): ipaddr.IPv4 | undefined {
  if (!(address instanceof ipaddr.IPv6)) return undefined
  const group = EMBEDDING.find(([network]) => address.match(network))?.[1]
  if (group === undefined) return undefined
  const [high = 0, low = 0] = address.parts.slice(group, group + 2)
  // `::` and `::1` are not compatible addresses
  if (address.parts.slice(0, 7).every((part) => part === 0)) return undefined
  return new ipaddr.IPv4([high >> 8, high & 255, low >> 8, low & 255])
}

function classify(address: Address): AddressClass {
  return ipaddr.subnetMatch(embeddedIPv4(address) ?? address, CLASSES, 'ordinary') as AddressClass
}

/**
 * Sorts an IP address.
 *
 * @param address  in any spelling that `net.isIP` takes; anything else is forbidden.
 * @returns 'ordinary' for public and private addresses alike: self-hosted registries run on private ones.
 */
export function classifyAddress(address: string): AddressClass {
  return isIP(address) === 0 ? 'forbidden' : classify(parse(address))
}

/**
 * The network that one client has to itself: an IPv4 address, or the first 64 bits of an IPv6 one, in one spelling.
 *
 * @param address  as `net.isIP` takes it; anything else is its own network.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const parsed = parse(address)
  const groups = parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4) : []
  return embeddedIPv4(parsed)?.toString() ?? `${groups.map((group) => group.toString(16)).join(':')}::`
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
