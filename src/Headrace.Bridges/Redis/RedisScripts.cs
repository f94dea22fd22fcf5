namespace Headrace.Bridges.Redis;

/// <summary>
/// The Redis scripts that bridges use. Redis runs each script as a whole or not at all, even if Redis crashes. The
/// scripts contain only commands that Redis 5 supports.
/// </summary>
internal static class RedisScripts
{
    /// <summary>
    /// Moves up to ARGV[1] messages from the head of the list KEYS[1] to the hash KEYS[3], each with a new token.
    /// Returns tokens and messages alternately. A token consists of the generation in KEYS[2] and a number. Both are
    /// stored with the list, so a Redis server that restarts from an older state assigns the same token to the same
    /// message.
    /// </summary>
    public const string Take = """
        local messages = redis.call('LRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)
        local count = #messages
        if count == 0 then
          return {}
        end
        local generation = redis.call('HGET', KEYS[2], 'generation')
        if not generation then
          generation = ARGV[2]
          redis.call('HSET', KEYS[2], 'generation', generation)
        end
        local last = redis.call('HINCRBY', KEYS[2], 'last', count)
        local taken = {}
        for i = 1, count do
          local token = generation .. '-' .. string.format('%.0f', last - count + i)
          redis.call('HSET', KEYS[3], token, messages[i])
          taken[2 * i - 1] = token
          taken[2 * i] = messages[i]
        end
        redis.call('LTRIM', KEYS[1], count, -1)
        return taken
        """;

    /// <summary>
    /// Moves the message with the token ARGV[1] from the hash KEYS[1] to the end of the list KEYS[2], with the content
    /// ARGV[2]. Does nothing if the message is already settled.
    /// </summary>
    public const string Reject = """
        if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then
          redis.call('RPUSH', KEYS[2], ARGV[2])
          redis.call('HDEL', KEYS[1], ARGV[1])
        end
        """;

    /// <summary>
    /// Moves the entry ARGV[2] of the stream KEYS[1], which is pending in the group ARGV[1], to the end of the list
    /// KEYS[2], with the content ARGV[3]. Does nothing if the entry is already settled.
    /// </summary>
    public const string RejectEntry = """
        if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 1 then
          redis.call('RPUSH', KEYS[2], ARGV[3])
        end
        """;

    /// <summary>
    /// Starts the generation ARGV[2] in KEYS[1], and assigns its first token to the message with the token ARGV[1] in
    /// KEYS[2]. Returns the new token.
    /// </summary>
    public const string Rename = """
        local message = redis.call('HGET', KEYS[2], ARGV[1])
        if not message then
          return false
        end
        redis.call('HSET', KEYS[1], 'generation', ARGV[2], 'last', '1')
        redis.call('HSET', KEYS[2], ARGV[2] .. '-1', message)
        redis.call('HDEL', KEYS[2], ARGV[1])
        return ARGV[2] .. '-1'
        """;

    /// <summary>
    /// Returns the messages with the tokens ARGV from the hash KEYS[3] to the head of the list KEYS[1], in this order.
    /// Then deletes the hash and the state KEYS[2].
    /// </summary>
    public const string Return = """
        for i = #ARGV, 1, -1 do
          local message = redis.call('HGET', KEYS[3], ARGV[i])
          if message then
            redis.call('LPUSH', KEYS[1], message)
          end
        end
        redis.call('DEL', KEYS[2], KEYS[3])
        """;

    /// <summary>
    /// Appends messages to KEYS[1], which is a stream if ARGV[1] is 'stream', and a list otherwise. Omits messages
    /// whose keys are in the hash KEYS[2]. The other arguments are alternately keys and messages. Returns the number of
    /// omitted messages.
    /// </summary>
    public const string Publish = """
        local omitted = 0
        for i = 2, #ARGV, 2 do
          if redis.call('HSETNX', KEYS[2], ARGV[i], '') == 1 then
            if ARGV[1] == 'stream' then
              redis.call('XADD', KEYS[1], '*', 'message', ARGV[i + 1])
            else
              redis.call('RPUSH', KEYS[1], ARGV[i + 1])
            end
          else
            omitted = omitted + 1
          end
        end
        return omitted
        """;
}
