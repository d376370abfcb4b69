"""Feature views: each module turns a prepared table into arrays that all runs share."""
