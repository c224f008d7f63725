// title: A team, its rooms and its members
// question: Who is in this team, and which rooms belong to it?
// param team: the name of a team
MATCH way = (t:Team {workspace: $workspace, name: $team})<-[:MEMBER_OF]-(:User)
OPTIONAL MATCH room = (t)-[:HAS_ROOM]->(:Room)
RETURN way, room
