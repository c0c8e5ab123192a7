"""`apportion demo`: the main job on a data set, from import to committed plan."""
