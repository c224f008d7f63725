// title: Former <noun> of long ago that nothing refers to any more
// each: node with a history
// param before: an instant, ISO in UTC
// param batch: how many at most
MATCH (x:Former<Label> {workspace: $workspace})
WHERE x.until < $before AND NOT EXISTS { (x)--() }
WITH x LIMIT $batch
WITH collect(x) AS gone, count(x) AS number
FOREACH (x IN gone | DELETE x)
RETURN number
