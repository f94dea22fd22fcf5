using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Headrace.Core.Registry;
using Headrace.Server.Http;
using Headrace.Server.Registry;
using Headrace.Server.Security;

namespace Headrace.Server.Accounts;

/// <summary>Writes accounts to the registry, and converts the possible failures to problems.</summary>
internal static class AccountWrites
{
    public static RegistryWrite Put<T>(string kind, string id, T value, JsonTypeInfo<T> type, long expectedVersion) =>
        new RegistryWrite.Put(kind, id, JsonSerializer.SerializeToUtf8Bytes(value, type), expectedVersion);

    /// <summary>
    /// Returns a condition that makes a command fail if the user was changed or removed after it was read.
    /// </summary>
    public static RegistryWrite Expect(User user) =>
        new RegistryWrite.Expect(UserDocument.Kind, user.Name, user.Version);

    /// <summary>
    /// Writes the changes in one command. Returns null if everything was written, or the reason why nothing was
    /// written.
    /// </summary>
    public static async Task<Problem?> WriteAsync(
        this IRegistry registry,
        CancellationToken cancellationToken,
        params IReadOnlyList<RegistryWrite> writes
    ) => (await registry.WriteAsync(writes, cancellationToken)).ToProblem();

    /// <summary>Returns null if everything was written, or the reason why nothing was written.</summary>
    public static Problem? ToProblem(this WriteResult result) =>
        result switch
        {
            WriteResult.Stored => null,
            WriteResult.Conflict { ActualVersion: 0 } gone => Problem.NotFound(
                $"'{gone.Id}' does not exist; another request has just removed it."
            ),
            WriteResult.Conflict changed => new Problem(
                ProblemKinds.VersionConflict,
                $"Another request has just changed '{changed.Id}'. This request has changed nothing; try again."
            ),
            WriteResult.Rejected rejected => Problem.Of(rejected.Rejection),
            var other => throw new InvalidOperationException($"Unexpected result {other.GetType().Name}."),
        };
}
