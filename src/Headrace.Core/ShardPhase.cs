namespace Headrace.Core;

/// <summary>What a shard is doing, from its creation until it stops.</summary>
internal enum ShardPhase
{
    New,
    Loading,
    Serving,
    Stopped,
}
