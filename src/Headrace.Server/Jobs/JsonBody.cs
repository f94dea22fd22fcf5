using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Jobs;

/// <summary>
/// Reads the small JSON body of a request strictly: an unknown or duplicate member is rejected.
/// </summary>
internal static class JsonBody
{
    /// <summary>The usual maximum size of a body in bytes, enough for 1,000 queue names.</summary>
    public const int MaxBytes = 64 << 10;

    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        AllowDuplicateProperties = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = 8,
        TypeInfoResolver = HeadraceJson.Default,
        Converters = { new Rfc3339Converter() },
    };

    /// <summary>
    /// Reads the body. An empty body is read as an object without members if <paramref name="isOptional"/> is true.
    /// </summary>
    public static async Task<Result<T>> ReadAsync<T>(
        HttpContext context,
        bool isOptional = false,
        int maxBytes = MaxBytes
    )
        where T : class
    {
        using var reservation = context.RequestServices.GetRequiredService<BodyBudget>().Begin();
        if (
            !(
                await RequestBody.ReadAsync(
                    context.Request,
                    maxBytes,
                    "The JSON request",
                    reservation,
                    context.RequestAborted
                )
            ).TryGet(out var body, out var problem)
        )
            return problem;
        if (body.Length == 0 && isOptional)
            body = "{}"u8.ToArray();
        return Read<T>(body);
    }

    public static Result<T> Read<T>(ReadOnlyMemory<byte> utf8)
        where T : class => StrictJson.Read(utf8.Span, Parse<T>);

    private static Result<T> Parse<T>(ReadOnlySpan<byte> utf8)
        where T : class
    {
        var type = (JsonTypeInfo<T>)Strict.GetTypeInfo(typeof(T));
        try
        {
            return JsonSerializer.Deserialize(utf8, type) is { } value
                ? value
                : Problem.BadRequest("The JSON is null. Send an object.");
        }
        catch (JsonException fault)
            when (JsonErrorDescription.UnknownMember(fault, typeof(T)) is { } unknown)
        {
            var members = string.Join(", ", type.Properties.Select(member => member.Name));
            return Problem.BadRequest($"There is no member '{unknown}'. Valid members: {members}.");
        }
    }
}
