// title: Privileged accounts with a doubtful e-mail address
// question: Which accounts with power over the whole workspace have an address that is not verified, or that another account has too?
// why: Passwords are reset by e-mail, and sign-in through another service finds the account by its address: who reads that mailbox has the account.
// controls: ISO27001 A.5.16, SOC2 CC6.1, NIST IA-4
// severity: medium
// needs: users, roles, permissions, emails
// examines: accounts
// columns: user, finding, emails, sharedWith, active, serviceAccount, path
// when-incomplete: rows stay true
// Deactivated accounts are in deactivated-with-roles: nobody can sign in to them.
// Shared addresses first: they are few among all. Those that stand there twice are counted, and only their holders looked for.
MATCH (u:User {workspace: $workspace}) WHERE u.id >= ''
UNWIND u.emails AS each
WITH toLower(each) AS address, count(*) AS times
WHERE times > 1
WITH collect(address) AS addresses
CALL (addresses) {
  MATCH (u:User {workspace: $workspace}) WHERE u.id >= '' AND size(addresses) > 0
  UNWIND [each IN u.emails WHERE toLower(each) IN addresses] AS each
  RETURN toLower(each) AS address, collect(DISTINCT u) AS holders
}
WITH address, holders WHERE size(holders) > 1
WITH collect({address: address, holders: holders}) AS shared
MATCH (r:Role {workspace: $workspace})
WITH shared, r, COLLECT { MATCH (r)-[:GRANTS]->(p:Permission {tier: 'A'}) RETURN p.id ORDER BY p.id } AS gives
WHERE r.id = 'admin' OR r.roomScoped = true OR size(gives) > 0
MATCH (r)<-[:HAS_ROLE]-(u:User {workspace: $workspace})
WHERE coalesce(u.active, true)
  AND (u.emailVerified = false OR any(each IN u.emails WHERE any(one IN shared WHERE one.address = toLower(each))))
WITH shared, u, r.id AS id, coalesce(r.name, r.id) AS role,
     CASE WHEN r.id = 'admin' OR size(gives) = 0 THEN [] ELSE [gives[0], 'admin'] END AS onward,
     CASE WHEN r.id = 'admin' THEN 0 WHEN size(gives) > 0 THEN 1 ELSE 2 END AS rank
ORDER BY rank, role, id
WITH shared, u, collect([coalesce(u.username, u.id), role] + onward) AS paths
UNWIND [null] + [one IN shared WHERE any(each IN u.emails WHERE one.address = toLower(each))] AS one
UNWIND [null] + coalesce(one.holders, []) AS other
WITH u, paths[0] AS path, CASE WHEN other <> u THEN coalesce(other.username, other.id) END AS name ORDER BY name
WITH u, path, collect(DISTINCT name) AS sharedWith
RETURN coalesce(u.username, u.id) AS user,
       [text IN [CASE WHEN u.emailVerified = false THEN 'not verified' END,
                 CASE WHEN size(sharedWith) > 0 THEN 'shared' END] WHERE text IS NOT NULL] AS finding,
       u.emails AS emails, sharedWith, u.active AS active, u.serviceAccount AS serviceAccount, path
ORDER BY user
