using StackExchange.Redis;

namespace Headrace.Bridges.Redis;

/// <summary>
/// The keys in which a bridge keeps its state in Redis. They contain the identity of the server's store, so that two
/// servers with bridges of the same name share the list but not the state.
/// </summary>
internal sealed class RedisKeys(string store, string bridge)
{
    /// <summary>A hash with the token generation and the number of the last token.</summary>
    public RedisKey State { get; } = $"headrace:{store}:{bridge}:state";

    /// <summary>A hash with the messages taken but not yet settled, by token.</summary>
    public RedisKey Taken { get; } = $"headrace:{store}:{bridge}:taken";

    /// <summary>A hash with the results published but not yet forgotten, by key.</summary>
    public RedisKey Published { get; } = $"headrace:{store}:{bridge}:published";
}
