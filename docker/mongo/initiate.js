// Run by mongosh: makes the replica set of compose.yml and the user of the service, if they are not
// there. Ends with an error when the replica set has no primary after two minutes.
const { readFileSync } = require('node:fs');

const patienceMs = 120_000;
const secret = (name) => readFileSync(`/run/secrets/${name}`, 'utf8').trim();
const login = `admin:${encodeURIComponent(secret('mongo_admin_password'))}@`;
const members = ['mongo1', 'mongo2', 'mongo3'].map((name, _id) => ({ _id, host: `${name}:27017` }));

/** Asks again while the server is starting. */
function untilDone(work) {
  const start = Date.now();
  for (;;) {
    try {
      // mongosh catches what a call throws, but not what a returned call does.
      const done = work();
      return done;
    } catch (caught) {
      if (Date.now() - start > patienceMs) throw caught;
      sleep(1_000);
    }
  }
}

function initiate() {
  const admin = connect(`mongodb://${login}mongo1/admin?directConnection=true`);
  const { codeName } = tryCommand(admin, { replSetGetStatus: 1 });
  if (codeName === 'NotYetInitialized') {
    admin.runCommand({ replSetInitiate: { _id: 'sessions', members } });
  }
}

function makeUser() {
  const set = connect(`mongodb://${login}mongo1,mongo2,mongo3/admin?replicaSet=sessions`);
  const sessions = set.getSiblingDB('sessions');
  const pwd = secret('mongo_service_password');
  const roles = [{ role: 'readWrite', db: 'sessions' }];
  const isThere = sessions.getUser('service') !== null;
  if (isThere) sessions.updateUser('service', { pwd, roles });
  else sessions.createUser({ user: 'service', pwd, roles });
}

/** What a command answers, or the error that mongosh throws for it. */
function tryCommand(db, command) {
  try {
    const answer = db.runCommand(command);
    return answer;
  } catch (caught) {
    return caught;
  }
}

untilDone(initiate);
untilDone(makeUser);
print('the replica set and the user of the service are there');
