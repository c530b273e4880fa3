import { expect } from 'chai';
import { generateScaling } from '../../docs/generate-scaling.js';

describe('docs/scaling.md', () => {
  it('has the tables that measured records give now (else: npm run docs)', async () => {
    const { current, text } = await generateScaling();
    expect(text).to.include('| 100,000,000 |');
    expect(current).to.equal(true);
  });
});
