// title: Too few administrators
// question: Is there nobody, or only one active account, to administrate the workspace?
// why: While no account of type user holds admin, the next account that is created gets it; a deactivated one counts as a holder, a bot does not. When nobody at all holds it, the next start of the server gives it to the oldest account.
// controls: SOC2 CC6.3, ISO27001 A.8.2, NIST AC-6(7)
// severity: high
// needs: users, roles
// examines: accounts
// columns: finding, holders, people, active, typeNotVisible
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
OPTIONAL MATCH (:Role {workspace: $workspace, id: 'admin'})<-[:HAS_ROLE]-(u:User {workspace: $workspace})
WITH w, count(u) AS holders, sum(CASE WHEN u.type = 'user' THEN 1 ELSE 0 END) AS people,
     sum(CASE WHEN u.type = 'user' AND u.active = true THEN 1 ELSE 0 END) AS active,
     sum(CASE WHEN u.id IS NOT NULL AND u.type IS NULL THEN 1 ELSE 0 END) AS typeNotVisible
WHERE active < 2
RETURN CASE WHEN holders = 0 THEN 'nobody holds admin: the next account created gets it, or at the next start the oldest account'
            WHEN people + typeNotVisible = 0 THEN 'nobody of type user holds admin: the next account created gets it'
            WHEN people = 0 THEN 'perhaps nobody of type user holds admin: the type of its holders is not visible'
            WHEN active = 0 THEN 'no administrator of type user is known to be active'
            ELSE 'only one administrator of type user is known to be active' END AS finding,
       holders, people, active, typeNotVisible
