// title: Users that are not shown as Deactivated any more
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id}) REMOVE x:Deactivated
