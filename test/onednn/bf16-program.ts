// Prints how random nets in bfloat16 compare with Caffe's own layers. The arguments are types that it leaves out.
import { compareNets } from './comparison.js';

// What is rounded may turn another way where these have an edge.
const edges = ['ReLU', 'ELU', 'Pooling', 'Eltwise'];
const without = [...edges, ...process.argv.slice(2)];
process.stdout.write(JSON.stringify(await compareNets({ way: 'blocked', precision: 'bf16', most: 2e-2, without })));
