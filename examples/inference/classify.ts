// Says what is on images: node --import=tsx examples/inference/classify.ts FILE ...
import { Classifier, io } from 'tscaffe';

const kinds = ['circle', 'square', 'star', 'triangle'];
const files = process.argv.slice(2);
if (files.length === 0) throw new Error('Usage: npm run inference -- FILE ...');

const folder = 'examples/inference';
using classifier = new Classifier(`${folder}/deploy.prototxt`, `${folder}/shapes.caffemodel`);
for (const file of files) {
  const image = await io.loadImage(file); // any size: the classifier resizes it
  const { data } = classifier.predict([image], false); // a probability for each kind
  const best = data.indexOf(Math.max(...data));
  console.log(`${file}: ${kinds[best]}, ${(100 * data[best]).toFixed(1)} %`);
}
