// Mocha passes over a rejection that nobody handles; in a process of the service it would be the end.
process.on('unhandledRejection', (reason) => {
  throw reason;
});
