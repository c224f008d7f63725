// title: Administrators and their other roles
// question: Who is administrator, and what else does each of them hold?
MATCH (u:User {workspace: $workspace})-[:HAS_ROLE]->(:Role {workspace: $workspace, id: 'admin'})
MATCH way = (u)-[:HAS_ROLE]->(:Role)
RETURN way
