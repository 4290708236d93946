// JavaScript: what a user's compiled program is. To compile TypeScript would take longer than all the rest.
import process from 'node:process';
import { Net } from 'tscaffe';

new Net(process.argv[2], 'train');
