using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Server.Jobs;

/// <summary>
/// Idempotency keys: by key and content a repeated submission is known (R17). The content is the method as asked, the
/// parameters as sent, the body and the options; SHA-256 of it,
/// cut to 128 bits, tells one submission from another.
/// </summary>
internal static class JobKey
{
    private const int MaxLength = 255;

    /// <summary>What is wrong with a key; null when it can be used.</summary>
    public static string? Validate(string key) =>
        key.Length is 0 or > MaxLength || key.Any(c => c is < ' ' or '\u007f')
            ? $"The idempotency key has {key.Length} characters, or some that cannot be seen. Give 1 to {MaxLength} that can."
            : null;

    public static IdempotencyKey Of(string key, NewJob job) => new(key, Hash(job));

    private static UInt128 Hash(NewJob job)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var spec = job.Spec;
        Append(hash, Encoding.UTF8.GetBytes(new MethodRef(spec.Method, spec.Version).ToString()));
        Append(hash, spec.Params);
        Append(hash, job.Body.Span);
        Append(hash, Encoding.UTF8.GetBytes(spec.ContentType ?? ""));
        Span<long> options =
        [
            spec.Priority,
            spec.ScheduledAt.Micros,
            spec.Deadline.Micros,
            spec.TimeLimit.Ticks,
            spec.Retries,
        ];
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (var option in options)
        {
            BinaryPrimitives.WriteInt64BigEndian(number, option);
            hash.AppendData(number);
        }
        return BinaryPrimitives.ReadUInt128BigEndian(hash.GetHashAndReset());
    }

    /// <summary>Each part with its length before it, so that no two contents read the same.</summary>
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }
}
