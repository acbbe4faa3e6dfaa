// Reads a JSON list of JavaScript patterns and flags, and prints what recheck finds of each.
const { checkSync } = require('recheck');

const patterns = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const found = patterns.map(([source, flags]) => {
  const verdict = checkSync(source, flags, { timeout: 20000 });
  return {
    status: verdict.status,
    complexity: verdict.complexity?.summary ?? '',
    error: verdict.error ? JSON.stringify(verdict.error) : '',
    attack: verdict.attack ? verdict.attack.pattern.slice(0, 300) : '',
  };
});
console.log(JSON.stringify(found));
