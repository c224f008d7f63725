// title: What is gone of the <noun> but has edges of others on it stays for them, without its label
// each: node without a history
UNWIND $ids AS id
MATCH (<x>:<Label> {workspace: $workspace, id: id})
  USING INDEX SEEK <x>:<Label>(workspace, id)
REMOVE <x>:<Label>
