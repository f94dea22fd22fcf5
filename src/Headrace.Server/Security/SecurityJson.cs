using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headrace.Server.Security;

/// <summary>JSON serialization of the account documents in the registry.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AdminKeyDocument))]
[JsonSerializable(typeof(ApiKeyDocument))]
[JsonSerializable(typeof(UserDocument))]
[JsonSerializable(typeof(SessionDocument))]
[JsonSerializable(typeof(SigningKeysDocument))]
[JsonSerializable(typeof(WorkerSecretDocument))]
internal sealed partial class SecurityJson : JsonSerializerContext;
