// Loaded before a test file: its nets compute on the GPU unless it says otherwise.
import { setMode } from 'tscaffe';

setMode('gpu');
