// title: Accounts with the role bot
// question: Who holds the role bot, who owns each of these accounts, and is the role still needed?
// why: A precaution: accounts with it reach parts of the server that ordinary accounts do not, and those are less guarded.
// controls: SOC2 CC6.3, ISO27001 A.8.2, NIST AC-6, CIS 5.5
// severity: info
// needs: users, roles
// examines: assignments
// columns: user, name, type, active, lastLogin, since, path
// when-incomplete: rows stay true
MATCH (r:Role {workspace: $workspace, id: 'bot'})<-[held:HAS_ROLE]-(u:User {workspace: $workspace})
RETURN coalesce(u.username, u.id) AS user, u.name AS name, u.type AS type, u.active AS active, u.lastLogin AS lastLogin,
       held.firstSeen AS since, [coalesce(u.username, u.id), coalesce(r.name, r.id)] AS path
ORDER BY user
