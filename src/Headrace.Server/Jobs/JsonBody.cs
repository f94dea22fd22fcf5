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
        return StrictJson.Read(body, Parse<T>);
    }

    private static Result<T> Parse<T>(ReadOnlySpan<byte> utf8)
        where T : class =>
        JsonSerializer.Deserialize(utf8, (JsonTypeInfo<T>)Strict.GetTypeInfo(typeof(T))) is { } value
            ? value
            : Problem.BadRequest("The JSON is null. Send an object.");
}
