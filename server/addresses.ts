// Which network addresses a registry's response may send us to.

import { isIP, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

export type AddressClass = 'forbidden' | 'loopback' | 'ordinary'
type Address = ipaddr.IPv4 | ipaddr.IPv6

/**
 * Forbidden as a token server or blob store: link-local (which includes cloud metadata), other metadata addresses,
 * unspecified, multicast, broadcast and reserved. We do not use ipaddr.js's own ranges: its 'reserved' includes
 * networks that people use at home.
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

/** IPv6 networks that embed the IPv4 address of the actual host, and the group where it begins. */
const EMBEDDING: readonly (readonly [network: [Address, number], group: number])[] = [
  [ipaddr.parseCIDR('::ffff:0:0/96'), 6], // mapped
  [ipaddr.parseCIDR('::ffff:0:0:0/96'), 6], // translated (RFC 7915)
  [ipaddr.parseCIDR('::/96'), 6], // compatible
  [ipaddr.parseCIDR('64:ff9b::/32'), 6], // NAT64 (RFC 6052, RFC 8215)
  [ipaddr.parseCIDR('2002::/16'), 1], // 6to4
]

/** In any spelling that `net.isIP` accepts. The zone is irrelevant, and ipaddr.js rejects some of its characters. */
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
 * Classifies an IP address.
 *
 * @param address  in any spelling that `net.isIP` accepts; anything else is forbidden.
 * @returns 'ordinary' for public and private addresses alike: self-hosted registries run on private ones.
 */
export function classifyAddress(address: string): AddressClass {
  return isIP(address) === 0 ? 'forbidden' : classify(parse(address))
}

/**
 * The network of a single client: an IPv4 address, or the first 64 bits of an IPv6 one, normalised.
 *
 * @param address  in any spelling that `net.isIP` accepts; anything else is returned as it is.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const parsed = parse(address)
  const groups = parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4) : []
  return embeddedIPv4(parsed)?.toString() ?? `${groups.map((group) => group.toString(16)).join(':')}::`
}

/**
 * Classifies a URL's host as far as possible without DNS.
 *
 * @param hostname  `URL.hostname`: there `0x7f000001`, `127.1` and full-width digits are already normalised.
 * @returns undefined for a name, whose addresses must be classified when it is resolved (see agents.ts).
 */
export function classifyHost(hostname: string): AddressClass | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIP(bare) !== 0) return classifyAddress(bare)
  return bare === 'localhost' || bare.endsWith('.localhost') ? 'loopback' : undefined
}
