using Headrace.Core;

namespace Headrace.Server.Shards;

/// <summary>Hears of effects once they are durable. Called by the shard's loop: it must return at once.</summary>
internal interface IEffectObserver
{
    void Observe(Effect effect);
}
