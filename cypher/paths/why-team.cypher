// title: Whether one account is in one team
// question: Is the account a member of the team, and with which roles?
// needs: users, teams, members, deactivatedMembers
// param user: username of an account, or its id
// param team: id of the team
// columns: path, held (always empty)
CALL () {
  MATCH (u:User {workspace: $workspace, username: $user}) RETURN u
  UNION
  MATCH (u:User {workspace: $workspace, id: $user}) RETURN u
}
MATCH path = (u)-[:MEMBER_OF]->(:Team {workspace: $workspace, id: $team})
RETURN path, [] AS held
