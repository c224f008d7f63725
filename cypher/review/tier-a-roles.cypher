// title: Roles that lead to administrator
// question: Which roles other than admin hold a permission that alone suffices to become administrator?
// why: Who holds such a role is administrator in all but name, and whoever can hand out roles or create users can hand it out.
// controls: SOC2 CC6.3, ISO27001 A.8.2, NIST AC-6(5)
// severity: high
// needs: users, roles, permissions
// examines: roles
// columns: role, permission, condition, holders, how
// when-incomplete: rows stay true
MATCH (:Role {workspace: $workspace, id: 'admin'})<-[e:ESCALATES_TO]-(p:Permission {workspace: $workspace})<-[:GRANTS]-(r:Role)
WHERE r.id <> 'admin'
RETURN coalesce(r.name, r.id) AS role, p.id AS permission, e.condition AS condition,
       COUNT { (r)<-[:HAS_ROLE]-(:User) } AS holders, e.how AS how
ORDER BY role, permission
