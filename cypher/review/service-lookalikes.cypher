// title: Accounts that look like service accounts
// question: Which accounts of type user are perhaps no person's, and who answers for each?
// why: Rocket.Chat gives accounts that people make the type user, also those for programs. They belong in the list of service accounts, each with an owner.
// controls: CIS 5.5, ISO27001 A.5.16, NIST AC-2
// severity: info
// needs: users, roles, emails
// examines: accounts
// columns: user, signs, name, roles, lastLogin
// heuristic: A word of the username such as svc, bot or deploy, the role bot or app, or no e-mail address together with a name of one word or none.
CALL () {
  MATCH (u:User {workspace: $workspace})
  WHERE u.id >= '' AND u.type = 'user'
  WITH u, u.username =~ '(?i)(?:[^._-]*+[._-])*?(?:svc|service|srv|bot|robot|api|app|ci|jenkins|gitlab|github|deploy|backup|no-?reply|monitor|monitoring|alerts?|webhooks?|integrations?|automation|cron|daemon|sync|script|scanner|zabbix|nagios|grafana|prometheus)[0-9]*(?:[._-].*)?' AS named,
       NOT trim(coalesce(u.name, '')) CONTAINS ' ' AND size(coalesce(u.emails, [])) = 0 AS nobody
  WHERE named OR nobody
  UNWIND [CASE WHEN named THEN 'username' END, CASE WHEN nobody THEN 'no e-mail address and no full name' END] AS sign
  WITH u, sign WHERE sign IS NOT NULL
  RETURN u, sign
  UNION ALL
  MATCH (r:Role {workspace: $workspace})<-[:HAS_ROLE]-(u:User {workspace: $workspace, type: 'user'})
  WHERE r.id IN ['bot', 'app']
  RETURN u, 'role ' + r.id AS sign
}
WITH u, sign ORDER BY sign
WHERE coalesce(u.active, true) AND NOT coalesce(u.federated, false)
WITH u, collect(sign) AS signs
RETURN coalesce(u.username, u.id) AS user, signs, u.name AS name,
       COLLECT { MATCH (u)-[:HAS_ROLE]->(r:Role) RETURN coalesce(r.name, r.id) AS role ORDER BY role } AS roles,
       u.lastLogin AS lastLogin
ORDER BY user
