// node .ci/ensure.mjs <program>…: installs the missing ones, or says how.

import { ensure } from './tools.mjs'

ensure(process.argv.slice(2))
