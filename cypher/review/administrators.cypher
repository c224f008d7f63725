// title: Administrators
// question: Who is administrator, and is each one active, human and known?
// controls: SOC2 CC6.3, ISO27001 A.8.2, NIST AC-6(7)
// severity: high
// needs: users, roles
// columns: user, name, active, serviceAccount, federated, lastLogin
MATCH (u:User {workspace: $workspace})-[:HAS_ROLE]->(:Role {workspace: $workspace, id: 'admin'})
RETURN u.username AS user, u.name AS name, u.active AS active, u.serviceAccount AS serviceAccount,
       u.federated AS federated, u.lastLogin AS lastLogin
ORDER BY user
