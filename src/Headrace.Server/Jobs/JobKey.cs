using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;

namespace Headrace.Server.Jobs;

/// <summary>
/// Idempotency keys. A repeated submission is recognized by its key and content (R17). The content consists of the
/// requested method, the parameters as sent, the body and the options. Submissions are compared by the SHA-256 hash of
/// their content, truncated to 128 bits.
/// </summary>
internal static class JobKey
{
    public const string Header = "Idempotency-Key";

    private const int MaxLength = 255;

    /// <summary>Returns an error message for an invalid key, or null if the key is valid.</summary>
    public static string? Validate(string key)
    {
        if (key.Length is 0 or > MaxLength)
            return $"The idempotency key has {key.Length} characters, but must have 1 to {MaxLength}.";
        return key.Any(c => c is < ' ' or '\u007f')
            ? "The idempotency key contains a control character. Use only visible characters."
            : null;
    }

    /// <summary>The problem for a submission that specifies two different keys.</summary>
    public static Problem Conflict(string header, string named) =>
        Problem.BadRequest(
            $"The {Header} header is '{QuotedText.Clip(header)}', but idempotencyKey is "
                + $"'{QuotedText.Clip(named)}'. Use only one of them."
        );

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
            spec.Retry.Max,
        ];
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (var option in options)
        {
            BinaryPrimitives.WriteInt64BigEndian(number, option);
            hash.AppendData(number);
        }
        // Default delays are not hashed, so that a job that uses them has the same hash as in earlier versions, in
        // which submissions could not specify delays.
        if (spec.Retry is { HasDefaultDelays: false } retry)
            Append(
                hash,
                Encoding.UTF8.GetBytes(
                    FormattableString.Invariant(
                        $"retry {retry.Delay.Ticks} {retry.Factor:R} {retry.MaxDelay.Ticks} {retry.Jitter:R}"
                    )
                )
            );
        foreach (var tag in spec.Tags.Values)
            Append(hash, Encoding.UTF8.GetBytes($"tag {tag}"));
        return BinaryPrimitives.ReadUInt128BigEndian(hash.GetHashAndReset());
    }

    /// <summary>
    /// Adds one part to the hash, preceded by its length, so that different content never produces the same bytes.
    /// </summary>
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }
}
