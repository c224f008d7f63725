// title: Roles that equal admin
// question: Which roles other than admin hold what admin holds, nearly all of it, or all of it that matters?
// why: Such a role is admin under another name: it is handed out without the guard that admin has, and no list of administrators shows its holders.
// controls: SOC2 CC6.3, ISO27001 A.8.2, NIST AC-6(5)
// severity: high
// needs: users, roles, permissions
// examines: roles
// param percent: 90 = from this share of the permissions of admin on, a role counts as nearly all of it
// columns: role, finding, held, ofAdmin, tierA, beyond, holders
// What matters is tier A: each such permission suffices to become administrator, and this role holds each that admin has.
MATCH (:Role {workspace: $workspace, id: 'admin'})-[:GRANTS]->(p:Permission)
WITH collect(p.id) AS whole, collect(CASE WHEN p.tier = 'A' THEN p.id END) AS vital
MATCH (r:Role {workspace: $workspace})-[:GRANTS]->(p:Permission)
WHERE r.id <> 'admin'
WITH whole, vital, r, p ORDER BY p.id
WITH whole, vital, r, collect(p.id) AS gives, collect(CASE WHEN p.tier = 'A' THEN p.id END) AS tierA
WITH r, size([id IN gives WHERE id IN whole]) AS held, size(whole) AS ofAdmin, tierA,
     [id IN gives WHERE NOT id IN whole] AS beyond,
     size(vital) > 0 AND all(id IN vital WHERE id IN tierA) AS matters
WHERE held * 100 >= ofAdmin * $percent OR matters
RETURN coalesce(r.name, r.id) AS role,
       CASE WHEN held = ofAdmin AND size(beyond) > 0 THEN 'holds all that admin holds, and more'
            WHEN held = ofAdmin THEN 'holds all that admin holds'
            WHEN matters THEN 'holds every permission of admin that suffices to become administrator'
            ELSE 'holds nearly all that admin holds' END AS finding,
       held, ofAdmin, size(tierA) AS tierA, beyond, COUNT { (r)<-[:HAS_ROLE]-(:User) } AS holders
ORDER BY held DESC, role, r.id
