export { attach, check, type AttachOptions, type Attachment } from './attach.js';
export { allreduce, barrier, bcast } from './collective.js';
export { finalize, init, type World } from './world.js';
