// Before each test file that needs a network of the lab's: elsewhere its tests would ask the machine's own.
if (process.env['ECS_PRIVATELINKD_LAB'] !== 'namespace') {
  throw new Error(
    'not in a network of the lab: run this by npm run test:integration, or by test/lab/namespace.sh',
  );
}
