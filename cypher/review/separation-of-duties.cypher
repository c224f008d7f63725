// title: Duties that should be apart
// question: Who, administrators apart, holds two permissions that one person should not hold together?
// why: With both in one hand there is no second person who would notice. Through the role admin everybody holds everything, so its holders are left out.
// controls: SOC2 CC6.3, ISO27001 A.5.3, NIST AC-5
// severity: medium
// needs: users, roles, permissions
// examines: accounts
// columns: user, permissions, roles, together, active, serviceAccount, lastLogin, path
// when-incomplete: rows stay true
// `usual`: roles that hold both as Rocket.Chat delivers them; through these alone it is no finding.
// The rarer permission stands first: its holders are the few who are asked about the other.
MATCH (p:Permission {workspace: $workspace})
WITH collect(CASE WHEN p.tier = 'A' THEN p.id END) AS vital,
     collect(CASE WHEN p.tier = 'B' AND p.id STARTS WITH 'change-setting-' THEN p.id END) AS settings
UNWIND [
  {one: ['assign-admin-role'], other: ['create-user'],
   together: 'makes administrators without touching an account that somebody knows'},
  {one: ['assign-admin-role'], other: ['assign-roles'], together: 'promotes themselves'},
  {one: ['edit-other-user-info'], other: ['edit-other-user-password'],
   together: 'takes over any account, without a mail that its owner would see'},
  {one: ['access-permissions'], other: ['can-audit-log'], together: 'grants rights, and reads the control of them'},
  {one: ['edit-privileged-setting'], other: ['view-privileged-setting'],
   together: 'reads and changes every setting and secret: the role is admin, call it so'},
  {one: ['manage-selected-settings'], other: settings,
   together: 'administrator by a line in a long table of settings'},
  {one: ['manage-incoming-integrations', 'manage-own-incoming-integrations'], other: ['message-impersonate'],
   together: 'speaks as anybody, so that who said a thing can be denied'},
  {one: ['manage-outgoing-integrations'], other: ['view-room-administration'],
   together: 'sends messages out in bulk, and knows from where'},
  {one: ['can-audit'], other: ['can-audit-log', 'delete-user', 'clean-channel-history'],
   together: 'reads everything, and reads or thins the trace of it'},
  {one: ['edit-room'], other: ['create-c'], together: 'makes private rooms public, also those they are not in'},
  {one: ['manage-moderation-actions'], other: ['delete-message', 'force-delete-message'],
   together: 'judges reports, and removes the evidence'},
  {one: ['edit-other-user-active-status'], other: ['logout-other-user'],
   together: 'locks all other administrators out'},
  {one: ['run-import'], other: ['delete-user'],
   together: 'replaces people unnoticed: accounts and messages in the name of others can be imported'},
  {one: ['remove-closed-livechat-rooms'], other: ['view-livechat-manager'],
   together: 'routes chats of customers, and deletes them', usual: ['livechat-manager', 'livechat-monitor']},
  {one: vital, other: ['create-personal-access-tokens'],
   together: 'makes themselves a key to administrator that never expires and needs nobody to sign in'}
] AS pair
MATCH (p:Permission {workspace: $workspace})<-[:GRANTS]-(r:Role)
WHERE p.id IN pair.one AND r.id <> 'admin'
MATCH (q:Permission {workspace: $workspace})<-[:GRANTS]-(s:Role)
WHERE q.id IN pair.other AND s.id <> 'admin'
  AND NOT (r.id IN coalesce(pair.usual, []) AND s.id IN coalesce(pair.usual, []))
WITH pair, r, s, collect(p.id) + collect(q.id) AS ids
MATCH (r)<-[:HAS_ROLE]-(u:User {workspace: $workspace})
WHERE EXISTS { (u)-[:HAS_ROLE]->(s) } AND NOT EXISTS { (u)-[:HAS_ROLE]->(:Role {id: 'admin'}) }
UNWIND ids AS id
WITH pair.together AS together, u, r, s, toString(id) AS id ORDER BY id
WITH together, u, collect(DISTINCT id) AS permissions, collect(r) + collect(s) AS held
UNWIND held AS role
WITH DISTINCT together, u, permissions, coalesce(role.name, role.id) AS role ORDER BY role
WITH together, u, permissions, collect(role) AS roles
RETURN coalesce(u.username, u.id) AS user, permissions, roles, together, u.active AS active,
       u.serviceAccount AS serviceAccount, u.lastLogin AS lastLogin,
       [coalesce(u.username, u.id),
        reduce(text = '', one IN roles | text + CASE text WHEN '' THEN '' ELSE ' + ' END + one),
        reduce(text = '', one IN permissions | text + CASE text WHEN '' THEN '' ELSE ' + ' END + one)] AS path
ORDER BY user, together
