// node .ci/ensure.mjs <program>…: installs what is missing of them, or says how.

import { ensure } from './tools.mjs'

ensure(process.argv.slice(2))
