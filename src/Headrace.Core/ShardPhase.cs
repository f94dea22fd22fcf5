namespace Headrace.Core;

/// <summary>The current activity of a shard, from its creation until it stops.</summary>
internal enum ShardPhase
{
    New,
    Loading,
    Serving,
    Stopped,
}
